package api

import (
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// heartbeat keeps a silent stream open through proxies.
const heartbeat = 15 * time.Second

// watchBatch streams a batch until it is over. Who stops reading stops the
// stream, never the batch.
func (s *Server) watchBatch(ctx context.Context, in *batchNamed) (*huma.StreamResponse, error) {
	first, con, obj, err := s.batch(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	changes, err := s.Corridor.Watch(watching, in.ID)
	if err != nil {
		stop()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer stop()
		_, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no")
		w.WriteHeader(http.StatusOK)
		e := &events{w: w, lang: locale.From(ctx), shown: func(st corridor.Status) corridor.Status { return s.Door.Shown(ctx, con, obj, st) }, last: func() (corridor.Status, error) { return s.Corridor.Status(ctx, in.ID) }}
		if err := e.follow(watching, first, changes); err != nil && ctx.Err() == nil {
			s.log.InfoContext(ctx, "stream of a batch ended", slog.String("batch", in.ID), slog.Any("err", err))
		}
	}}, nil
}

type events struct {
	w     http.ResponseWriter
	lang  locale.Lang
	shown func(corridor.Status) corridor.Status
	last  func() (corridor.Status, error) // what holds once the changes are over
}

// follow sends the first status and every change, until the batch is over or
// nobody reads.
func (e *events) follow(ctx context.Context, first corridor.Status, changes <-chan corridor.Status) error {
	if err := e.send(first); err != nil || first.State.Final() {
		return err
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
			if err := e.write(": \n\n"); err != nil {
				return err
			}
		case st, ok := <-changes:
			if !ok {
				st, err := e.last()
				if err != nil {
					return err
				}
				return e.send(st)
			}
			if err := e.send(st); err != nil || st.State.Final() {
				return err
			}
		}
	}
}

func (e *events) send(st corridor.Status) error {
	body, err := marshal(BatchOf(e.lang, e.shown(st)))
	if err != nil {
		return err
	}
	return e.write(fmt.Sprintf("data: %s\n\n", body))
}

func (e *events) write(text string) error {
	guard.Extend(e.w, 2*heartbeat)
	if _, err := io.WriteString(e.w, text); err != nil {
		return err
	}
	return http.NewResponseController(e.w).Flush()
}
