// Command release makes the archive that is carried into a data centre which
// has no Internet and no compiler: the program, packs, units for systemd, an
// example of settings, documents, licences, a bill of materials and checksums.
//
//	go run ./tools/release -version v1.2.3 -out dist
//
// The same commit, compiler and C library give the same bytes: files stand in
// the order of their names, with the time of the commit, and belong to nobody.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	version := flag.String("version", "", "version that the program says it has")
	out := flag.String("out", "dist", "folder that gets the archive")
	binary := flag.String("binary", "", "take this program instead of building one")
	flag.Parse()
	if *version == "" {
		log.Fatal("-version is missing")
	}
	path, err := run(*version, *out, *binary)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(path)
}

// run makes the archive and says where it is.
func run(version, out, binary string) (string, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	at, err := commitTime()
	if err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp("", "phohien-release-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	if binary == "" {
		binary = filepath.Join(temp, "phohien")
		if err := build(version, temp, binary); err != nil {
			return "", err
		}
	}
	a, err := fill(version, binary, at)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("phohien-%s-%s-%s", version, runtime.GOOS, runtime.GOARCH)
	path := filepath.Join(out, name+".tar.gz")
	return path, a.write(path, name)
}

// fill puts everything into the archive; the checksums come last, of all that is
// there by then.
func fill(version, binary string, at time.Time) (*archive, error) {
	a := &archive{at: at}
	needs, err := needsOf(binary)
	if err != nil {
		return nil, err
	}
	bill, err := billOf(version, binary, at)
	if err != nil {
		return nil, err
	}
	steps := []func() error{
		func() error { return a.addFile("phohien", binary, 0o755) },
		func() error { return a.add("PHIEN-BAN.txt", describe(version, at, needs)) },
		func() error { return a.add("sbom.cdx.json", bill) },
		func() error { return a.addFolder("packaging", "he-thong") },
		func() error { return a.addFolder("packs", "goi-nghiep-vu", ".go") },
		func() error { return addPages(a, "docs", "tai-lieu") },
		func() error { return a.addFile("LICENSE", "LICENSE", 0o644) },
		func() error { return a.addFile("NOTICE", "NOTICE", 0o644) },
		func() error { return addLicences(a, binary) },
		a.addSums,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// describe says what the archive is and what the machine must have for it.
func describe(version string, at time.Time, n needs) []byte {
	return fmt.Appendf(nil, `Phố Hiến %s
Thời điểm của bản nguồn: %s
Biên dịch bằng: %s, cho %s/%s

Máy chủ phải có: Linux %s, thư viện C (glibc) từ phiên bản %s trở lên.
Thư viện hệ thống được dùng: %s.
Không cần cài thêm gì khác; không cần kết nối Internet.

Bắt đầu từ tai-lieu/cai-dat.html (mở bằng trình duyệt) hoặc tai-lieu/cai-dat.md.
Kiểm tra các tệp sau khi giải nén: sha256sum --check --quiet SHA256SUMS
`, version, at.UTC().Format(time.RFC3339), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOARCH, n.glibc, n.list())
}
