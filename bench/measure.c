/*
** measure FILE PROGRAM ARGUMENT...: runs a program and writes to FILE its processor time in seconds, the most memory
** that it had resident in KiB, how much of its memory at the end were pages of files, which processes share (0 if it may
** not be traced), and its exit status. A process of its own, because the figure for memory starts from what the process
** that forked had.
*/
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/*
** What a process has resident, and how much of that are pages of files, in KiB. The pages themselves are counted: the
** kernel's own figures, the peak among them, may be some hundred KiB too small.
*/
static void resident(pid_t process, long *all, long *file) {
  char line[256];
  long anonymous = 0;
  FILE *rollup;
  snprintf(line, sizeof(line), "/proc/%ld/smaps_rollup", (long)process);
  rollup = fopen(line, "r");
  if (rollup == NULL) return;
  while (fgets(line, sizeof(line), rollup) != NULL) {
    sscanf(line, "Rss: %ld", all);
    sscanf(line, "Anonymous: %ld", &anonymous);
  }
  fclose(rollup);
  *file = *all - anonymous;
}

int main(int argc, char **argv) {
  struct rusage used;
  int status, started = 0;
  long all = 0, file = 0;
  pid_t child;
  FILE *out;
  if (argc < 3) return 2;
  child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execv(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  if (child < 0) return 1;
  for (;;) {
    long pass = 0;
    if (wait4(child, &status, 0, &used) != child) return 1;
    if (!WIFSTOPPED(status)) break;
    if (status >> 16 == PTRACE_EVENT_EXIT)
      resident(child, &all, &file);
    else if (!started && WSTOPSIG(status) == SIGTRAP)
      ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_TRACEEXIT), started = 1;
    else
      pass = WSTOPSIG(status);
    ptrace(PTRACE_CONT, child, NULL, (void *)pass);
  }
  out = fopen(argv[1], "w");
  if (out == NULL) return 1;
  fprintf(out, "%.6f %ld %ld %d\n",
          (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
              (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6,
          used.ru_maxrss > all ? used.ru_maxrss : all, file, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return fclose(out) == 0 ? 0 : 1;
}
