package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"time"
)

// writeWeather writes temperature and humidity by the hour. The source has local
// time without a zone: here the zone of Viet Nam stands with it.
func writeWeather(dir, source string) error {
	rows, err := read(filepath.Join(source, "hourly_temperature_humidity_2024-01-01_2025-05-10.csv"))
	if err != nil {
		return err
	}
	var lines [][]string
	for _, r := range rows {
		t, err := time.Parse("2006-01-02T15:04", r["time"])
		if err != nil {
			return err
		}
		humidity, err := strconv.ParseFloat(r["relative_humidity_2m (%)"], 64)
		if err != nil || humidity != float64(int(humidity)) {
			return fmt.Errorf("weather at %s: humidity %q", r["time"], r["relative_humidity_2m (%)"])
		}
		lines = append(lines, []string{t.Format("2006-01-02T15:04:05") + "+07:00", r["temperature_2m (°C)"], strconv.Itoa(int(humidity))})
	}
	return write(filepath.Join(dir, "data", "hy-thoi-tiet-gio.csv.gz"), []string{"thoi_diem", "nhiet_do", "do_am"}, lines)
}

// indicators are the files of the World Bank by indicator.
var indicators = map[string]string{
	"EG.FEC.RNEW.ZS": "130800", "NY.GDP.MKTP.KD.ZG": "216044", "SH.XPD.CHEX.GD.ZS": "127434", "SL.UEM.TOTL.ZS": "130165",
}

// writeIndicators writes the series of Viet Nam, one year a row; years without a
// figure have no row. Figures are as published.
func writeIndicators(dir, source string) error {
	var lines [][]string
	for code, number := range indicators {
		path := filepath.Join(source, "API_"+code+"_DS2_en_csv_v2_"+number+".csv")
		of, err := readIndicator(path, code)
		if err != nil {
			return err
		}
		lines = append(lines, of...)
	}
	sort.Slice(lines, func(i, j int) bool {
		if lines[i][0] != lines[j][0] {
			return lines[i][0] < lines[j][0]
		}
		return lines[i][1] < lines[j][1]
	})
	return write(filepath.Join(dir, "data", "vn-chi-so-phat-trien.csv"), []string{"ma_chi_so", "nam", "gia_tri", "ten_en", "ma_quoc_gia"}, lines)
}

// readIndicator reads the row of Viet Nam: four lines stand before the heading,
// and a comma ends every line.
func readIndicator(path, code string) ([][]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var heading []string
	var lines [][]string
	for _, line := range all {
		switch {
		case line[0] == "Country Name":
			heading = line
		case len(line) > 4 && line[1] == "VNM":
			if line[3] != code || len(line) > len(heading) {
				return nil, fmt.Errorf("%s: %q", path, line[:4])
			}
			for i := 4; i < len(line); i++ {
				if line[i] != "" {
					lines = append(lines, []string{code, heading[i], line[i], line[2], line[1]})
				}
			}
		}
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s: nothing of Viet Nam", path)
	}
	return lines, nil
}
