package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

var holidayKinds = map[string]string{"public": "nghi_le", "observance": "ky_niem"}

// writeHolidays writes holidays and days of observance. A row of five days
// stays one row, as in the source.
func writeHolidays(dir, source string) error {
	rows, err := read(filepath.Join(source, "vn_holidays_2015_2035.csv"))
	if err != nil {
		return err
	}
	var lines [][]string
	for i, r := range rows {
		kind, ok := holidayKinds[r["type"]]
		start, err1 := time.Parse(time.RFC3339, r["start_utc"])
		end, err2 := time.Parse(time.RFC3339, r["end_utc"])
		if !ok || err1 != nil || err2 != nil {
			return fmt.Errorf("holidays, row %d: %v", i+2, r)
		}
		days := int(end.Sub(start) / (24 * time.Hour))
		day, err := time.Parse(time.DateOnly, r["date"])
		if err != nil {
			return err
		}
		lines = append(lines, []string{r["date"], r["name_vi"], kind, day.AddDate(0, 0, days-1).Format(time.DateOnly),
			strconv.Itoa(days), r["start_utc"], r["end_utc"], r["rule"]})
	}
	return write(filepath.Join(dir, "data", "vn-ngay-nghi-le.csv"), []string{"ngay", "ten", "loai", "den_ngay", "so_ngay",
		"bat_dau", "ket_thuc", "quy_tac"}, lines)
}
