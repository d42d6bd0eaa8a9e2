package paper

import (
	"io"
	"testing"
)

func BenchmarkPDF(b *testing.B) {
	for b.Loop() {
		if err := PDF(io.Discard, report()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDOCX(b *testing.B) {
	for b.Loop() {
		if err := DOCX(io.Discard, report()); err != nil {
			b.Fatal(err)
		}
	}
}
