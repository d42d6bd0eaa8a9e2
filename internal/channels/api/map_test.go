package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
)

type mapCollection struct {
	Type     string
	Seq      int64
	Placed   int64
	Features []struct {
		Geometry struct {
			Type        string
			Coordinates json.RawMessage
		}
		Properties struct {
			Count          int64
			Code, Name     string
			Title, ID, Key string
		}
	}
}

// TestMap asks for records at their places, for groups of them and for
// boundaries.
func TestMap(t *testing.T) {
	h := filled(t)
	const path = "/api/v1/datasets/hy-xa/map"
	var got mapCollection
	first := h.get(path).want(200)
	first.into(&got)
	if got.Type != "FeatureCollection" || got.Seq != 1 || int64(len(got.Features)) != got.Placed || got.Placed < 80 {
		t.Fatalf("%s, seq %d, %d features, %d placed", got.Type, got.Seq, len(got.Features), got.Placed)
	}
	if p := got.Features[0].Properties; p.ID == "" || p.Title == "" || p.Key != p.ID {
		t.Errorf("%+v", p)
	}
	h.get(path, "If-None-Match: "+first.response.Header.Get("ETag")).want(304)
	all := got.Placed
	h.get(path + "?bbox=106.0,20.6,106.2,20.8").want(200).into(&got)
	if got.Placed >= all || got.Placed == 0 || int64(len(got.Features)) != got.Placed {
		t.Errorf("%d of %d in the box, %d features", got.Placed, all, len(got.Features))
	}
	for _, wrong := range []string{"1,2,3", "106.2,20.6,106.0,20.8", "a,b,c,d", "0,0,NaN,1", "0,0,1e9,1"} {
		h.get(path+"?bbox="+wrong).problem(400, "api.bbox")
	}
	h.get("/api/v1/datasets/hy-nhiem-vu/map").problem(404, "api.no-place")

	h.province.Send(t, "vn-xa-vi-tri", "packs/viet-nam/data/vn-xa-vi-tri.geojson.gz")
	h.get("/api/v1/datasets/vn-xa-vi-tri/map?cells=10").want(200).into(&got)
	sum := int64(0)
	for _, f := range got.Features {
		sum += f.Properties.Count
	}
	if len(got.Features) > 100 || len(got.Features) < 20 || sum != got.Placed || sum < 3000 {
		t.Errorf("%d groups of %d rows, %d placed", len(got.Features), sum, got.Placed)
	}

	h.province.Send(t, "hy-xa-ranh-gioi", "packs/hung-yen/data/hy-xa-ranh-gioi.geojson.gz")
	coarse := h.get("/api/v1/datasets/hy-xa-ranh-gioi/map?zoom=9").want(200)
	coarse.into(&got)
	fine := h.get("/api/v1/datasets/hy-xa-ranh-gioi/map?zoom=13").want(200)
	if len(got.Features) != 104 || got.Features[0].Geometry.Type != "MultiPolygon" || 2*len(coarse.body) > len(fine.body) {
		t.Errorf("%d units in %d bytes, %d bytes at a closer zoom", len(got.Features), len(coarse.body), len(fine.body))
	}
	testPacked(t, h, "/api/v1/datasets/hy-xa-ranh-gioi/map?zoom=13", fine.body)
}

// testPacked: the same travels compressed to those who take it.
func testPacked(t *testing.T, h *harness, path string, want []byte) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, h.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Phohien-Token", apitest.Token)
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	packed, err := io.ReadAll(resp.Body)
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" || 2*len(packed) > len(want) {
		t.Fatalf("%q, %d bytes of %d, %v", resp.Header.Get("Content-Encoding"), len(packed), len(want), err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(plain)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("unpacked it is another: %v", err)
	}
}
