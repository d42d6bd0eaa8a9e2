package audit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/phohien/phohien/internal/foundation/durable"
)

// Backup copies the log into a folder that is not there yet, while it is in
// use. What is restored from the copy must begin a new epoch (BeginEpoch).
//
// The order makes the copy whole: tiles cover the checkpoint that was copied
// before them, payloads cover the tiles. Erasures wait meanwhile.
func (l *Log) Backup(ctx context.Context, to string) error {
	l.erasing.Lock()
	defer l.erasing.Unlock()
	if _, err := l.Seal(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, part := range []string{keyFile, checkpointFile, keptDir, epochsDir, tileDir, indexDir, payloadDir} {
		if err := l.copyPart(ctx, part, to); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) copyPart(ctx context.Context, part, to string) error {
	return filepath.WalkDir(filepath.Join(l.dir, part), func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && !d.IsDir() && !isTemp(path) {
			var file string
			if file, err = filepath.Rel(l.dir, path); err == nil {
				err = durable.Copy(path, filepath.Join(to, file))
			}
		}
		if errors.Is(err, fs.ErrNotExist) && part == tileDir {
			return nil // a partial tile, for which a wider one stands there now
		}
		return err
	})
}
