package sms

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/rate"
)

// nowhere is a client that reaches nobody.
type nowhere struct{ asked int }

func (n *nowhere) Do(*http.Request) (*http.Response, error) {
	n.asked++
	return nil, errors.New("nobody is there")
}

// TestTogether: everybody together is held to what a gateway takes and a province
// pays for.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, err := parse("")
		if err != nil {
			t.Fatal(err)
		}
		n := &nowhere{}
		s := &Sender{o: Options{URL: "https://tin-nhan.example", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, body: body, client: n,
			phones: rate.New(perPhone, 0), together: rate.New(together, 1)}
		held := 0
		for i := range 80 {
			if err := s.Send(t.Context(), fmt.Sprintf("+8490000%04d", i), "thử"); fault.KindOf(err) == fault.TooMany {
				held++
			}
		}
		if held != 20 || n.asked != 60 {
			t.Errorf("%d of 80 at once were held off, %d asked", held, n.asked)
		}
		time.Sleep(2 * time.Second)
		if err := s.Send(t.Context(), "+84900009999", "thử"); fault.KindOf(err) == fault.TooMany {
			t.Errorf("after a while: %v", err)
		}
	})
}
