package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/viet/charset"
)

// Commands of the scripts that make and change files as offices do.
//
//	bang-tinh makes a workbook: bang-tinh out.xlsx in.txt; "== name" begins a sheet, cells stand between "|"
//	sua-o     changes a cell wherever it stands: sua-o file.xlsx old new
//	co-o      a workbook has a cell: co-o file.xlsx text
//	tcvn3     writes a text in TCVN3: tcvn3 out in
var makers = map[string]func() error{
	"bang-tinh": func() error { return makeWorkbook(os.Args[1], os.Args[2]) },
	"sua-o":     func() error { return eachCell(os.Args[1], os.Args[2], os.Args[3]) },
	"co-o":      func() error { return eachCell(os.Args[1], os.Args[2], "") },
	"tcvn3":     func() error { return toTCVN3(os.Args[1], os.Args[2]) },
}

// maker runs a command and ends the process.
func maker(f func() error) func() {
	return func() {
		if err := f(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func makeWorkbook(out, in string) error {
	text, err := os.Open(in)
	if err != nil {
		return err
	}
	defer text.Close()
	f := excelize.NewFile()
	sheet, row, first := "Sheet1", 0, true
	for lines := bufio.NewScanner(text); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "== "); ok {
			if first {
				err = f.SetSheetName(sheet, name)
			} else {
				_, err = f.NewSheet(name)
			}
			if err != nil {
				return err
			}
			sheet, row, first = name, 0, false
			continue
		}
		row++
		for i, cell := range strings.Split(lines.Text(), "|") {
			if cell = strings.TrimSpace(cell); cell == "" {
				continue
			}
			at, err := excelize.CoordinatesToCellName(i+1, row)
			if err != nil {
				return err
			}
			var v any = cell
			if n, err := strconv.ParseFloat(cell, 64); err == nil {
				v = n
			}
			if err := f.SetCellValue(sheet, at, v); err != nil {
				return err
			}
		}
	}
	return f.SaveAs(out)
}

// eachCell finds the cells with a text and, when there is a new one, writes that.
func eachCell(name, old, new string) error {
	f, err := excelize.OpenFile(name)
	if err != nil {
		return err
	}
	defer f.Close()
	found := 0
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			return err
		}
		for r, row := range rows {
			for c, cell := range row {
				if cell != old {
					continue
				}
				found++
				at, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					return err
				}
				if new != "" {
					if err := f.SetCellValue(sheet, at, new); err != nil {
						return err
					}
				}
			}
		}
	}
	if found == 0 {
		return fmt.Errorf("no cell of %s is %q", name, old)
	}
	if new == "" {
		return nil
	}
	return f.Save()
}

// toTCVN3 writes a text in the encoding of before Unicode, a byte for each
// letter.
func toTCVN3(out, in string) error {
	text, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	shown, ok := charset.Unfix(charset.TCVN3, text)
	if !ok {
		return fmt.Errorf("%s is not in TCVN3", in)
	}
	var b []byte
	for _, r := range string(shown) {
		b = append(b, byte(r))
	}
	return os.WriteFile(out, b, 0o644)
}
