/* The entry of the stand-alone interpreter; cli/src/lib.rs has what it does. */

int perilune_main(int argc, char **argv);

int main(int argc, char **argv) { return perilune_main(argc, argv); }
