package main

import "testing"

func TestLeaveOut(t *testing.T) {
	tests := []struct{ name, css, want string }{
		{"rule of the family", `.toast{a:b}.card{c:d}`, `.card{c:d}`},
		{"longer name of the family", `.toast-body{a:b}`, ``},
		{"another name that begins alike", `.toaster{a:b}`, `.toaster{a:b}`},
		{"one selector of two", `.card,.toast .x{a:b}`, `.card{a:b}`},
		{"comma within brackets", `:is(.toast,.x) p,.toast{a:b}`, `:is(.toast,.x) p{a:b}`},
		{"named only by :not", `.btn:not(.toast){a:b}`, `.btn:not(.toast){a:b}`},
		{"group left empty", `@media (min-width:1px){.toast{a:b}}.x{c:d}`, `.x{c:d}`},
		{"group half empty", `@media print{.toast{a:b}.x{c:d}}`, `@media print{.x{c:d}}`},
		{"braces in a string", `.x{content:"}.toast{"}.toast{a:b}`, `.x{content:"}.toast{"}`},
		{"braces in a url", `.x{b:url(data:a{b;c)}.y{d:e}`, `.x{b:url(data:a{b;c)}.y{d:e}`},
		{"statement and comment", "@charset \"UTF-8\";/*! {toast} */.x{a:b}", "@charset \"UTF-8\";/*! {toast} */.x{a:b}"},
		{"key frames", `@keyframes k{0%{a:b}to{c:d}}`, `@keyframes k{0%{a:b}to{c:d}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := leaveOut(tt.css, []string{"toast"}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
