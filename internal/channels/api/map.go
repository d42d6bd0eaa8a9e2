package api

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// mostPins is up to how many records a map is told one by one.
const mostPins = 300

// geoJSON is the media type of RFC 7946.
const geoJSON = "application/geo+json"

func (s *Server) mapRoutes() {
	register(s, door.Each(policy.Read, policy.KindDataset), huma.Operation{
		OperationID: "get-map", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/map",
		Summary: "Bản đồ (GeoJSON) / Map as GeoJSON", Tags: []string{"records"},
		Description: "Of boundaries: each unit, simplified for a zoom so that neighbours share their borders. Of records with a place: those inside of bbox, one by one (id, title) when they are few, " +
			"in groups (count) at the middle of their places when they are many. Places that are masked are not told.",
		Responses: withNotModified(map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			geoJSON: {Schema: &huma.Schema{Type: "object", Description: "A FeatureCollection (RFC 7946)"}},
		}}}),
	}, s.getMap)
}

type mapInput struct {
	Addressed
	BBox  string `query:"bbox" maxLength:"120" doc:"West, south, east, north in degrees; everywhere when absent" example:"105.8,20.2,106.7,21.0"`
	Cells int    `query:"cells" minimum:"1" maximum:"80" default:"24" doc:"Into how many columns the box is divided for groups"`
	Zoom  int    `query:"zoom" minimum:"0" maximum:"16" default:"9" doc:"For boundaries: the world is 256·2^zoom pixels wide"`
}

func (s *Server) getMap(ctx context.Context, in *mapInput) (*huma.StreamResponse, error) {
	con, obj, view, err := s.see(ctx, policy.Read, in.ID)
	if err != nil {
		return nil, err
	}
	box, err := boxOf(in.BBox)
	if err != nil {
		return nil, err
	}
	sheet, err := s.Borders.Of(ctx, con, view)
	if err != nil {
		return nil, err
	}
	var all *geojson.FeatureCollection
	if sheet != nil {
		all = borders(sheet, in.Zoom, box)
	} else if all, err = s.places(ctx, con, obj, view, in, box); err != nil {
		return nil, err
	}
	body, err := all.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return answerPacked(ctx, geoJSON, append(body, '\n')), nil
}

// boxOf reads a bounding box.
func boxOf(text string) (b mirror.Box, err error) {
	if text == "" {
		return b, nil
	}
	parts := strings.Split(text, ",")
	var v [4]float64
	ok := len(parts) == 4
	for i := range v {
		if ok {
			v[i], err = strconv.ParseFloat(strings.TrimSpace(parts[i]), 64)
			ok = err == nil && !math.IsNaN(v[i]) && math.Abs(v[i]) <= 180
		}
	}
	if !ok || v[0] >= v[2] || v[1] >= v[3] {
		return b, fault.New(fault.Invalid, "api.bbox", text)
	}
	return mirror.Box{West: v[0], South: v[1], East: v[2], North: v[3]}, nil
}

// borders are the units inside of a box.
func borders(sheet *atlas.Sheet, zoom int, box mirror.Box) *geojson.FeatureCollection {
	all := geojson.NewFeatureCollection()
	for _, shape := range sheet.At(zoom) {
		area := shape.Degrees()
		if !box.Nowhere() && !area.Bound().Intersects(orb.Bound{Min: orb.Point{box.West, box.South}, Max: orb.Point{box.East, box.North}}) {
			continue
		}
		f := geojson.NewFeature(area)
		f.Properties["code"], f.Properties["name"] = shape.Code, shape.Name
		if shape.Within != "" {
			f.Properties["within"] = shape.Within
		}
		all.Append(f)
	}
	all.ExtraMembers = geojson.Properties{"seq": sheet.Seq, "level": sheet.Border.Level}
	return all
}

// places are the records of a view inside of a box.
func (s *Server) places(ctx context.Context, con *contract.Contract, obj *contract.Object, view *record.View, in *mapInput, box mirror.Box) (*geojson.FeatureCollection, error) {
	where, ok := obj.Place()
	if !ok {
		return nil, fault.New(fault.NotFound, "api.no-place", obj.Dataset)
	}
	head, _, err := s.Records.Head(ctx, con.ID)
	all := geojson.NewFeatureCollection()
	if err != nil || head == 0 {
		return all, err
	}
	if _, err := s.Mirror.CatchUp(ctx, obj, head); err != nil {
		return nil, err
	}
	reader := s.Mirror.Through(view)
	smallest := int64(1)
	if door.TellsOfPersons(obj, where.Columns()) {
		smallest = door.PersonalGroup
	}
	found, err := reader.Places(ctx, mirror.PlaceQuery{Place: where, Box: box, Across: in.Cells, Down: in.Cells, Smallest: smallest})
	if err != nil {
		return nil, err
	}
	all.ExtraMembers = geojson.Properties{"seq": found.Seq, "placed": found.Placed, "missing": found.Missing, "left_out": found.LeftOut}
	if found.Placed > mostPins {
		for _, c := range found.Cells {
			f := geojson.NewFeature(point(c.Lon, c.Lat))
			f.Properties["count"] = c.Count
			all.Append(f)
		}
		return all, nil
	}
	all.ExtraMembers["left_out"] = 0
	pins, err := reader.Pins(ctx, where, box, mostPins)
	if err != nil {
		return nil, err
	}
	for _, p := range pins {
		f := geojson.NewFeature(point(p.Lon, p.Lat))
		f.Properties["title"], f.Properties["key"] = atlas.TitleOf(view, &p.Row), p.Row.Key
		if id, ok := atlas.IDOf(view, &p.Row); ok {
			f.Properties["id"] = id
		}
		all.Append(f)
	}
	return all, nil
}

// point is a place to the nearest metre or so.
func point(lon, lat float64) orb.Point {
	return orb.Point{math.Round(lon*1e5) / 1e5, math.Round(lat*1e5) / 1e5}
}

// answerPacked is answerBytes, compressed for those who take that: coordinates
// shrink to a third.
func answerPacked(ctx context.Context, mediaType string, body []byte) *huma.StreamResponse {
	sum := sha256.Sum256(body)
	etag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
	r := exchangeOf(ctx).r
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		w.Header().Set("ETag", etag)
		w.Header().Set("Vary", "Accept, Accept-Encoding, Accept-Language")
		w.Header().Set("Cache-Control", "no-cache")
		if knows(r.Header.Get("If-None-Match"), strings.TrimPrefix(etag, "W/")) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		// A reader who has gone away is no fault of ours.
		if !guard.TakesGzip(r) {
			_, _ = w.Write(body)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		pack := gzip.NewWriter(w)
		_, _ = pack.Write(body)
		_ = pack.Close()
	}}
}
