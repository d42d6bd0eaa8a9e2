// Other C libraries than glibc have no such settings, and need none.
#include "heap.h"
#ifdef __linux__
#include <malloc.h>
#endif

void ph_heap_bound(int heaps) {
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, heaps);
#else
	(void)heaps;
#endif
}

void ph_heap_trim(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
