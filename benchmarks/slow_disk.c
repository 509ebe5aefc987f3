/* Makes each sync of a file take as long as on a disk that keeps its word: both products of a comparison wait alike.
 *
 * Some machines say within a tenth of a millisecond that all is on disk, others within two or ten; who syncs once a
 * commit and who syncs four times then differ little or much. Everything that the benchmark starts inherits this:
 *
 *     cc -shared -fPIC -o /tmp/slow_disk.so benchmarks/slow_disk.c -ldl
 *     LD_PRELOAD=/tmp/slow_disk.so SYNC_MICROSECONDS=2500 ./dev bench entries
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int slowly(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *pause = getenv("SYNC_MICROSECONDS");
    int result = real(file);
    if (pause) usleep((useconds_t)atoi(pause));
    return result;
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
