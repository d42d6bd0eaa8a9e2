package main

import (
	"fmt"
	"path/filepath"
	"strconv"
)

// A fault changes one cell of one line of the sample.
type fault struct {
	line   int // among the lines of the sample, from 0
	column string
	value  string
}

// faults are the twelve that samples/README.md lists.
var faults = []fault{
	{1, "dan_so", "ba mươi nghìn"},
	{2, "ma_xa", ""},
	{4, "ma_xa", ""}, // takes the code of the line before: a key twice
	{5, "ma_xa", "99999"},
	{6, "ngay_so_lieu", "31/02/2025"},
	{7, "ma_tinh", "34"},
	{8, "dien_tich_km2", "-12,5"},
	{9, "loai", "thi_tran"},
	{10, "vi_tri", "20,69; 106,07"},
	{11, "dan_so", "12"},
	{12, "ten_xa", ""},
	{13, "nhan_mot_phan", "có lẽ"},
}

// writeFaulty writes a sample of twenty lines, twelve of them broken, for the
// tour of the README. Only lines that are sound in the source are taken.
func writeFaulty(dir string, lines [][]string) error {
	at := map[string]int{}
	for i, h := range headingHungYen {
		at[h] = i
	}
	var sample [][]string
	for _, l := range lines {
		if len(sample) < 20 && sound(l[at["dan_so"]], l[at["dien_tich_km2"]], l[at["dien_tich_ranh_gioi_km2"]]) {
			sample = append(sample, append([]string(nil), l...))
		}
	}
	if len(sample) < 20 {
		return fmt.Errorf("only %d sound lines for the sample", len(sample))
	}
	for i, f := range faults {
		v := f.value
		if i == 2 {
			v = sample[f.line-1][at[f.column]]
		}
		sample[f.line][at[f.column]] = v
	}
	return write(filepath.Join(dir, "samples", "hy-xa-loi.csv"), headingHungYen, sample)
}

// sound says whether the figures of a line can be true in the delta: 500 to
// 5,000 people a square kilometre, and the area that the boundary encloses.
func sound(people, area, measured string) bool {
	var n, a, m float64
	for text, v := range map[string]*float64{people: &n, area: &a, measured: &m} {
		var err error
		if *v, err = strconv.ParseFloat(text, 64); err != nil {
			return false
		}
	}
	return n >= 500*m && n <= 5000*m && a >= 0.9*m && a <= 1.1*m
}
