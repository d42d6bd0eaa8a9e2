package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// build links the program without symbols, paths and the digest that Go makes of
// its own flags, and with the C++ library inside: DuckDB is C++, and a server
// without a compiler may have no libstdc++, or an older one. libgcc_s stays
// outside: every distribution's base has it, and the static one of newer
// compilers asks for a newer C library (_dl_find_object, glibc 2.35).
func build(version, temp, out string) error {
	static, err := onlyStatic(temp)
	if err != nil {
		return err
	}
	compat := filepath.Join(temp, "arc4random.o")
	if said, err := exec.Command(compiler(), "-O2", "-c", "-o", compat, "tools/release/compat/arc4random.c").CombinedOutput(); err != nil {
		return fmt.Errorf("compiling what older systems lack: %w\n%s", err, said)
	}
	flags := strings.Join([]string{
		"-s -w -buildid=", "-X main.version=" + version,
		`-extldflags "` + compat + ` -Wl,--build-id=none -L` + static + `"`,
	}, " ")
	c := exec.Command("go", "build", "-tags", "duckdb_arrow", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", out, "./cmd/phohien")
	c.Env = append(os.Environ(), "CGO_ENABLED=1")
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("building the program: %w", err)
	}
	return nil
}

// onlyStatic makes a folder in which the linker finds libstdc++ as an archive
// alone, before the places where the shared one is. (-static-libstdc++ is for
// those who link by g++ and do not name the library, as DuckDB's bindings do.)
func onlyStatic(temp string) (string, error) {
	cc := compiler()
	said, err := exec.Command(cc, "-print-file-name=libstdc++.a").Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for libstdc++.a: %w", cc, err)
	}
	archive := strings.TrimSpace(string(said))
	if !filepath.IsAbs(archive) {
		return "", fmt.Errorf("%s has no libstdc++.a: it comes with the package g++", cc)
	}
	dir := filepath.Join(temp, "static")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	return dir, os.Symlink(archive, filepath.Join(dir, "libstdc++.a"))
}

func compiler() string {
	if cc := os.Getenv("CC"); cc != "" {
		return cc
	}
	return "gcc"
}

// commitTime is when the commit was made that the archive is of.
func commitTime() (time.Time, error) {
	said, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
	if err != nil {
		return time.Time{}, fmt.Errorf("time of the commit: %w", err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(said)), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time of the commit: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
