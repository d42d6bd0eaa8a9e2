package operate

import (
	"net/http"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// metricsRoute hands out the figures, to those who may: they tell how much a
// province works, and when.
func (s *Server) metricsRoute() {
	if s.Figures == nil {
		return
	}
	need := door.Of(policy.Monitor, policy.KindServer)
	s.listed = append(s.listed, Route{http.MethodGet, MetricsPath, need})
	s.mux.HandleFunc("GET "+MetricsPath, s.Door.Guarded(need, s.fail, func(w http.ResponseWriter, r *http.Request) error {
		s.Figures.ServeHTTP(w, r)
		return nil
	}))
}
