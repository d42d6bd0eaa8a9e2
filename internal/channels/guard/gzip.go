package guard

import (
	"net/http"
	"strconv"
	"strings"
)

// TakesGzip reports whether the request accepts gzip. "gzip;q=0" refuses it.
func TakesGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, isWeight := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			value, err := strconv.ParseFloat(q, 64)
			return !isWeight || (err == nil && value > 0)
		}
	}
	return false
}
