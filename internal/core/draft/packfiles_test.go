package draft

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

// packFile is the file of a data set as CSV with the headings of its contract,
// from the folder of its pack: unpacked, and of GeoJSON the properties, with the
// geometry in the column that holds one.
func packFile(t testing.TB, folder string, c *contract.Contract) string {
	t.Helper()
	source := c.Sources[0]
	b, err := os.ReadFile(filepath.Join(folder, source.Path))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(source.Path, ".gz") {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if source.Format != "geojson" {
		return string(b)
	}
	var file struct {
		Features []struct {
			Properties map[string]any
			Geometry   json.RawMessage
		}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	line := make([]string, len(c.Objects[0].Columns))
	for i, col := range c.Objects[0].Columns {
		line[i] = col.Name
	}
	err = w.Write(line)
	for _, f := range file.Features {
		for i, col := range c.Objects[0].Columns {
			switch v := f.Properties[col.Name]; {
			case col.Type == contract.Geometry:
				line[i] = string(f.Geometry)
			case v == nil:
				line[i] = ""
			default:
				line[i] = fmt.Sprint(v)
			}
		}
		if err == nil {
			err = w.Write(line)
		}
	}
	if w.Flush(); err != nil || w.Error() != nil {
		t.Fatal(err, w.Error())
	}
	return out.String()
}
