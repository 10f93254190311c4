/*
** measure FILE PROGRAM ARGUMENT...: runs a program and writes to FILE its processor time in seconds, the most memory
** that it had resident in KiB, and its exit status. A process of its own, because the figure for memory starts from
** what the process that forked had.
*/
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct rusage used;
  int status;
  pid_t child;
  FILE *out;
  if (argc < 3) return 2;
  child = fork();
  if (child == 0) {
    execv(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &used) != child) return 1;
  out = fopen(argv[1], "w");
  if (out == NULL) return 1;
  fprintf(out, "%.6f %ld %d\n",
          (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
              (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6,
          used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return fclose(out) == 0 ? 0 : 1;
}
