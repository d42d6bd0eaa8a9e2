package xlsx

import (
	"context"
	"io"
)

const pieceBytes = 256 << 10

// unpackAhead hands the part to use while another goroutine unpacks its next
// piece, so that unpacking and looking at what was unpacked share two
// processors. It returns when both have ended.
func unpackAhead(ctx context.Context, r *part, use func(io.Reader) error) error {
	if r.claimed < pieceBytes {
		return use(r)
	}
	ctx, stop := context.WithCancel(ctx)
	a := &ahead{full: make(chan piece, 3), free: make(chan []byte, 3), done: ctx.Done()}
	for range cap(a.free) {
		a.free <- make([]byte, pieceBytes)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.fill(r)
	}()
	err := use(a)
	stop()
	<-ended
	return err
}

type piece struct {
	data []byte
	err  error // behind the data
}

// An ahead is the reading end of unpackAhead.
type ahead struct {
	full chan piece
	free chan []byte
	done <-chan struct{}
	now  piece
	rest []byte
}

func (a *ahead) fill(r io.Reader) {
	for {
		var buf []byte
		select {
		case buf = <-a.free:
		case <-a.done:
			return
		}
		n, err := io.ReadFull(r, buf[:cap(buf)])
		if err == io.ErrUnexpectedEOF { //nolint:errorlint // ReadFull's own
			err = io.EOF
		}
		a.full <- piece{buf[:n], err} // never blocks: there are three pieces
		if err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (a *ahead) Read(b []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.data != nil {
			a.free <- a.now.data
		}
		select {
		case a.now = <-a.full:
			a.rest = a.now.data
		case <-a.done:
			return 0, context.Canceled
		}
	}
	n := copy(b, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}
