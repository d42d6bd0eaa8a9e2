package operate

import (
	"archive/zip"
	"bytes"
	"errors"
	"github.com/phohien/phohien/internal/channels/door"
	"io"
	"net/http"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
)

// maxPack bounds a pack that is sent, and what it may unpack to.
const (
	maxPack     = 256 << 20
	maxUnpacked = 1 << 30
)

func (s *Server) listPacks(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Packs.List(r.Context())
	if err != nil {
		return err
	}
	if list == nil {
		list = []pack.Installed{}
	}
	answer(w, http.StatusOK, map[string]any{"items": list})
	return nil
}

func (s *Server) diffPacks(w http.ResponseWriter, r *http.Request) error {
	packs, err := s.sent(w, r)
	if err != nil {
		return err
	}
	plans, err := s.Packs.Diff(r.Context(), packs...)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]any{"plans": plans})
	return nil
}

// installPacks installs what is sent. Breaking changes need ?consent=true.
func (s *Server) installPacks(w http.ResponseWriter, r *http.Request) error {
	packs, err := s.sent(w, r)
	if err != nil {
		return err
	}
	plans, err := s.Packs.Install(r.Context(), door.Actor(r.Context()), r.URL.Query().Get("consent") == "true", packs...)
	if err != nil {
		return err
	}
	if err := s.Installed(r.Context()); err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]any{"plans": plans})
	return nil
}

func (s *Server) removePack(w http.ResponseWriter, r *http.Request) error {
	changes, err := s.Packs.Remove(r.Context(), door.Actor(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.Installed(r.Context()); err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]any{"changes": changes})
	return nil
}

// sent reads the packs of a request: those that come with the program, by
// ?shipped=name (may be repeated), and one folder as a ZIP in the body.
func (s *Server) sent(w http.ResponseWriter, r *http.Request) ([]*pack.Pack, error) {
	var packs []*pack.Pack
	for _, name := range r.URL.Query()["shipped"] {
		p, err := s.Shipped(name)
		if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPack))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, fault.New(fault.TooLarge, "operate.pack-too-large", int64(maxPack)).Because(err)
		}
		return nil, err
	}
	if len(body) > 0 {
		p, err := unzip(body)
		if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	if len(packs) == 0 {
		return nil, fault.New(fault.Invalid, "operate.no-pack")
	}
	return packs, nil
}

func unzip(body []byte) (*pack.Pack, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, fault.New(fault.Invalid, "operate.not-zip").Because(err)
	}
	var total uint64
	for _, f := range z.File {
		// The declared size binds: the reader fails at the first byte beyond it.
		total += min(f.UncompressedSize64, maxUnpacked+1)
		if total > maxUnpacked {
			return nil, fault.New(fault.TooLarge, "operate.pack-too-large", int64(maxUnpacked))
		}
	}
	return pack.Read(z)
}
