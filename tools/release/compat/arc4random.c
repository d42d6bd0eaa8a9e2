// libstdc++ calls arc4random where the C library that it was built with has it
// (glibc 2.36). Linked into the program, this one lets it start on systems with
// an older C library. It is what glibc's does: bytes from the kernel.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

uint32_t arc4random(void) {
	uint32_t n;
	unsigned char *to = (unsigned char *)&n;
	size_t have = 0;
	while (have < sizeof n) {
		ssize_t got = getrandom(to + have, sizeof n - have, 0);
		if (got > 0)
			have += (size_t)got;
		else if (errno != EINTR)
			abort(); // without randomness nothing here may go on
	}
	return n;
}
