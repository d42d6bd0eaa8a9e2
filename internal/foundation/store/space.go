package store

import "golang.org/x/sys/unix"

// FreeBytes is how much the file system of a folder still takes from us.
func FreeBytes(dir string) (int64, error) {
	free, _, err := Space(dir)
	return free, err
}

// Space is how much the file system of a folder still takes from us, and how
// large it is.
func Space(dir string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
