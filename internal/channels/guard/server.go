package guard

import (
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Limits of one request. A file may take hours on a thin line: what is limited
// then is how long nothing comes.
const (
	headerTime = 10 * time.Second
	plainTime  = 60 * time.Second
	stallTime  = 60 * time.Second
	idleTime   = 2 * time.Minute
	headerSize = 64 << 10
)

// NewServer returns an http.Server with our limits; the caller gives it a
// listener.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerSize,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// Hurry gives a request and its answer the time of a plain one. Who streams
// calls Patient instead of being cut off.
func Hurry(w http.ResponseWriter, _ *http.Request) {
	c := http.NewResponseController(w)
	now := time.Now()
	// Not every writer has deadlines (tests' recorders); then there are none.
	_ = c.SetReadDeadline(now.Add(plainTime))
	_ = c.SetWriteDeadline(now.Add(plainTime))
}

// Patient returns the request's body, at most limit bytes of it, with as much
// time as it takes while something keeps coming.
func Patient(w http.ResponseWriter, r *http.Request, limit int64) io.Reader {
	return &patient{body: http.MaxBytesReader(w, r.Body, limit), c: http.NewResponseController(w)}
}

type patient struct {
	body io.Reader
	c    *http.ResponseController
	next time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	if now := time.Now(); now.After(p.next) {
		_ = p.c.SetReadDeadline(now.Add(stallTime))
		_ = p.c.SetWriteDeadline(now.Add(2 * stallTime))
		p.next = now.Add(stallTime / 4)
	}
	return p.body.Read(b)
}

// Extend gives a streaming answer time for its next piece.
func Extend(w http.ResponseWriter, d time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d))
}
