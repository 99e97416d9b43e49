/* Makes one file operation fail, or be the last: cc -shared -fPIC faults.c -o faults.so -ldl, then LD_PRELOAD.

   Counts what changes or reads files below one folder. `faults_arm` says which operation fails, and how:
     0  nothing fails; every operation is logged
     1  no space is left (ENOSPC)        2  input or output error (EIO)
     3  half of the bytes are written    4  the process ends before the operation
     5  the same, and whatever was not synced is lost: all of it is taken back
   Reads fail with EIO in mode 6 only; other modes do not count them.
   SQLite's -shm files are no part of what survives a crash, and are left out. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, NO_SPACE, IO_ERROR, SHORT, CRASH, LOSE, BAD_READ };
enum { WROTE, CUT, MADE, MOVED, GONE };

typedef struct Undo {
  int kind, is_synced;
  ino_t inode;
  char path[PATH_MAX], other[PATH_MAX];
  off_t offset, size;
  size_t length;
  char *bytes;
  struct Undo *before;
} Undo;

static char root[PATH_MAX], log_path[PATH_MAX];
static int mode = -1;
static long at, seen, hidden;
static Undo *undos;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void faults_arm(const char *folder, int how, long number, const char *log) {
  snprintf(root, sizeof root, "%s", folder);
  snprintf(log_path, sizeof log_path, "%s", log);
  at = number, seen = 0;
  char spares[PATH_MAX + 8];
  snprintf(spares, sizeof spares, "%s.undo", root);
  if (how == LOSE) mkdir(spares, 0700);
  mode = how;
}

long faults_seen(void) { return seen; }
void faults_disarm(void) { mode = -1; }

static int ends(const char *path, const char *end) {
  size_t a = strlen(path), b = strlen(end);
  return a >= b && !strcmp(path + a - b, end);
}

static int ours(const char *path) {
  size_t n = strlen(root);
  return mode >= 0 && !strncmp(path, root, n) && (path[n] == '/' || !path[n]) && !ends(path, "-shm");
}

static int path_of(int fd, char *path) {
  char link[64];
  int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, PATH_MAX - 1);
  errno = saved;
  if (n < 0) return 0;
  path[n] = 0;
  return path[0] == '/' && !ends(path, " (deleted)") && ours(path);
}

static int absolute(int folder, const char *path, char *full) {
  char base[PATH_MAX];
  if (mode < 0) return 0;
  if (path[0] == '/') snprintf(full, PATH_MAX, "%s", path);
  else {
    if (folder == AT_FDCWD) {
      if (!getcwd(base, sizeof base)) return 0;
    } else if (!path_of(folder, base)) return 0;
    if (snprintf(full, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return 0;
  }
  return ours(full);
}

static void put_back(void) {
  mode = -1;
  for (Undo *u = undos; u; u = u->before) {
    if (u->is_synced) continue;
    if (u->kind == WROTE || u->kind == CUT) {
      int fd = REAL(open)(u->path, O_WRONLY);
      if (fd < 0) continue;
      if (u->length && REAL(pwrite)(fd, u->bytes, u->length, u->offset) < 0) _exit(99);
      if (REAL(ftruncate)(fd, u->size)) _exit(99);
      close(fd);
    } else if (u->kind == MADE) {
      REAL(unlink)(u->path);
    } else if (u->kind == MOVED) {
      REAL(rename)(u->other, u->path);
      if (u->bytes) REAL(rename)(u->bytes, u->other);
    } else if (u->kind == GONE) {
      REAL(rename)(u->bytes, u->path);
    }
  }
}

/* The power fails after the last operation. */
void faults_lose(void) {
  if (mode == LOSE) put_back();
}

/* Counts an operation. 0: do it; -1: it fails with errno; 1: do half of it. */
static int step(const char *name, const char *path, int is_read) {
  if ((mode == BAD_READ) != is_read && mode != COUNT) return 0;
  if (mode == COUNT && is_read) return 0;
  seen++;
  if (mode == COUNT) {
    int fd = REAL(open)(log_path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    dprintf(fd, "%s %s\n", name, path + strlen(root));
    close(fd);
    return 0;
  }
  if (seen != at) return 0;
  if (mode == CRASH) _exit(137);
  if (mode == LOSE) {
    put_back();
    _exit(137);
  }
  if (mode == SHORT) return 1;
  errno = mode == NO_SPACE ? ENOSPC : EIO;
  return -1;
}

static Undo *note(int kind, const char *path) {
  if (mode != LOSE) return NULL;
  struct stat about;
  Undo *u = calloc(1, sizeof *u);
  u->kind = kind, u->before = undos, undos = u;
  snprintf(u->path, sizeof u->path, "%s", path);
  if (!stat(path, &about)) u->inode = about.st_ino, u->size = about.st_size;
  return u;
}

static void note_bytes(int kind, const char *path, off_t offset, off_t end) {
  Undo *u = note(kind, path);
  if (!u) return;
  u->offset = offset;
  if (end > u->size) end = u->size;
  if (offset < end) {
    int fd = REAL(open)(path, O_RDONLY);
    u->bytes = malloc(end - offset);
    ssize_t n = REAL(pread)(fd, u->bytes, end - offset, offset);
    u->length = n < 0 ? 0 : n;
    close(fd);
  }
}

static char *kept(const char *path) {
  if (mode != LOSE || access(path, F_OK)) return NULL;
  char *spare = malloc(PATH_MAX + 32);
  snprintf(spare, PATH_MAX + 32, "%s.undo/%ld", root, hidden++);
  return link(path, spare) ? NULL : spare;
}

static void synced(const char *path) {
  struct stat about;
  if (mode != LOSE || stat(path, &about)) return;
  size_t n = strlen(path);
  for (Undo *u = undos; u; u = u->before) {
    if (S_ISDIR(about.st_mode)) {
      const char *name = strrchr(u->path, '/');
      if (u->kind >= MADE && (size_t)(name - u->path) == n && !strncmp(u->path, path, n)) {
        u->is_synced = 1;
        if (u->bytes) REAL(unlink)(u->bytes);
      }
    } else if (u->inode == about.st_ino && u->kind <= MADE) u->is_synced = 1;
  }
}

static off_t place(int fd) {
  if (fcntl(fd, F_GETFL) & O_APPEND) {
    struct stat about;
    return fstat(fd, &about) ? 0 : about.st_size;
  }
  return lseek(fd, 0, SEEK_CUR);
}

#define WRITING(call, name, offset, count, half)                          \
  char path[PATH_MAX];                                                    \
  if (mode >= 0 && path_of(fd, path)) {                                   \
    int verdict = step(name, path, 0);                                    \
    if (verdict < 0) return -1;                                           \
    note_bytes(WROTE, path, offset, (offset) + (off_t)(count));           \
    if (verdict > 0 && (count) > 1) return half;                          \
  }                                                                       \
  return call;

ssize_t write(int fd, const void *from, size_t n) {
  WRITING(REAL(write)(fd, from, n), "write", place(fd), n, REAL(write)(fd, from, n / 2))
}
ssize_t pwrite(int fd, const void *from, size_t n, off_t to) {
  WRITING(REAL(pwrite)(fd, from, n, to), "pwrite", to, n, REAL(pwrite)(fd, from, n / 2, to))
}
ssize_t pwrite64(int fd, const void *from, size_t n, off64_t to) {
  WRITING(REAL(pwrite64)(fd, from, n, to), "pwrite", to, n, REAL(pwrite64)(fd, from, n / 2, to))
}
ssize_t writev(int fd, const struct iovec *parts, int n) {
  size_t all = 0;
  for (int i = 0; i < n; i++) all += parts[i].iov_len;
  WRITING(REAL(writev)(fd, parts, n), "writev", place(fd), all, REAL(writev)(fd, parts, 1))
}

size_t fwrite(const void *from, size_t size, size_t n, FILE *stream) {
  char path[PATH_MAX];
  if (mode >= 0 && path_of(fileno(stream), path)) {
    int verdict = step("fwrite", path, 0);
    if (verdict < 0) return 0;
    if (verdict > 0 && n > 1) return REAL(fwrite)(from, size, n / 2, stream);
  }
  return REAL(fwrite)(from, size, n, stream);
}

static int syncing(int fd, const char *name, int (*real)(int)) {
  char path[PATH_MAX];
  if (mode < 0 || !path_of(fd, path)) return real(fd);
  if (step(name, path, 0) < 0) return -1;
  int done = real(fd);
  if (!done) synced(path);
  return done;
}
int fsync(int fd) { return syncing(fd, "fsync", REAL(fsync)); }
int fdatasync(int fd) { return syncing(fd, "fdatasync", REAL(fdatasync)); }

static int cutting(int fd, off_t size) {
  char path[PATH_MAX];
  if (mode < 0 || !path_of(fd, path)) return 0;
  if (step("truncate", path, 0) < 0) return -1;
  struct stat about;
  note_bytes(CUT, path, size, fstat(fd, &about) ? size : about.st_size);
  return 0;
}
int ftruncate(int fd, off_t size) { return cutting(fd, size) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return cutting(fd, size) ? -1 : REAL(ftruncate64)(fd, size); }

static int making(int folder, const char *name, int flags) {
  char path[PATH_MAX];
  if (!(flags & O_CREAT) || !absolute(folder, name, path) || !access(path, F_OK)) return 0;
  if (step("create", path, 0) < 0) return -1;
  return 1;
}
static int made(int fd, int is_new) {
  char path[PATH_MAX];
  if (is_new == 1 && fd >= 0 && mode == LOSE && path_of(fd, path)) note(MADE, path);
  return fd;
}

#define OPENING(call, folder)                     \
  mode_t rights = 0;                              \
  if (flags & (O_CREAT | O_TMPFILE)) {            \
    va_list more;                                 \
    va_start(more, flags);                        \
    rights = va_arg(more, mode_t);                \
    va_end(more);                                 \
  }                                               \
  int is_new = making(folder, path, flags);       \
  if (is_new < 0) return -1;                      \
  return made(call, is_new);

int open(const char *path, int flags, ...) { OPENING(REAL(open)(path, flags, rights), AT_FDCWD) }
int open64(const char *path, int flags, ...) { OPENING(REAL(open64)(path, flags, rights), AT_FDCWD) }
int openat(int folder, const char *path, int flags, ...) { OPENING(REAL(openat)(folder, path, flags, rights), folder) }
int openat64(int folder, const char *path, int flags, ...) {
  OPENING(REAL(openat64)(folder, path, flags, rights), folder)
}

static int moving(int from, const char *old, int to, const char *new, char *was, char *is, char **spare) {
  *spare = NULL;
  if (!absolute(from, old, was) | !absolute(to, new, is)) return 0;
  if (step("rename", is, 0) < 0) return -1;
  *spare = kept(is);
  return 1;
}
static int moved(int done, const char *was, const char *is, char *spare) {
  if (done) return done;
  Undo *u = note(MOVED, was);
  if (u) {
    snprintf(u->other, sizeof u->other, "%s", is);
    u->bytes = spare;
  }
  return 0;
}
int rename(const char *old, const char *new) {
  char was[PATH_MAX], is[PATH_MAX], *spare;
  int verdict = moving(AT_FDCWD, old, AT_FDCWD, new, was, is, &spare);
  if (verdict < 0) return -1;
  int done = REAL(rename)(old, new);
  return verdict ? moved(done, was, is, spare) : done;
}
int renameat(int from, const char *old, int to, const char *new) {
  char was[PATH_MAX], is[PATH_MAX], *spare;
  int verdict = moving(from, old, to, new, was, is, &spare);
  if (verdict < 0) return -1;
  int done = REAL(renameat)(from, old, to, new);
  return verdict ? moved(done, was, is, spare) : done;
}

static int removing(int folder, const char *name, char **spare, char *path) {
  *spare = NULL;
  if (!absolute(folder, name, path) || access(path, F_OK)) return 0;
  if (step("unlink", path, 0) < 0) return -1;
  *spare = kept(path);
  return 1;
}
static int removed(int done, const char *path, char *spare) {
  Undo *u = done || !spare ? NULL : note(GONE, path);
  if (u) u->bytes = spare;
  return done;
}
int unlink(const char *name) {
  char path[PATH_MAX], *spare;
  if (removing(AT_FDCWD, name, &spare, path) < 0) return -1;
  return removed(REAL(unlink)(name), path, spare);
}
int unlinkat(int folder, const char *name, int flags) {
  char path[PATH_MAX], *spare = NULL;
  if (!(flags & AT_REMOVEDIR) && removing(folder, name, &spare, path) < 0) return -1;
  return removed(REAL(unlinkat)(folder, name, flags), path, spare);
}

int mkdir(const char *name, mode_t rights) {
  char path[PATH_MAX];
  if (absolute(AT_FDCWD, name, path) && step("mkdir", path, 0) < 0) return -1;
  return REAL(mkdir)(name, rights);
}

#define READING(call)                                                        \
  char path[PATH_MAX];                                                       \
  if (mode == BAD_READ && path_of(fd, path) && step("read", path, 1) < 0) return -1; \
  return call;

ssize_t read(int fd, void *to, size_t n) { READING(REAL(read)(fd, to, n)) }
ssize_t pread(int fd, void *to, size_t n, off_t from) { READING(REAL(pread)(fd, to, n, from)) }
ssize_t pread64(int fd, void *to, size_t n, off64_t from) { READING(REAL(pread64)(fd, to, n, from)) }
