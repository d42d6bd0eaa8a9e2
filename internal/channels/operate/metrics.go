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
	s.routeAt("GET", MetricsPath, door.Of(policy.Monitor, policy.KindServer), func(w http.ResponseWriter, r *http.Request) error {
		s.Figures.ServeHTTP(w, r)
		return nil
	})
}
