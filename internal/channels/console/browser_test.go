package console_test

import (
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
)

// A browser knows its way about these pages.
type browser struct{ *browsertest.Browser }

func openBrowser(t testing.TB, base string) *browser { return &browser{browsertest.New(t, base)} }

func eval[T any](b *browser, script string) T { return browsertest.Eval[T](b.Browser, script) }

func (b *browser) signIn() { b.Open("/?token=" + apitest.Token) }
