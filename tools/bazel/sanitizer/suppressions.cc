// Leaks that are not ours. LeakSanitizer calls this function by its name.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libcares.so\n";  // a few bytes for each process that resolves a name
}
