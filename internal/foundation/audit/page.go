package audit

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strings"
	"sync"
)

var (
	//go:embed page/verify.html
	pageHTML string
	//go:embed page/verify.js
	pageScript string
	//go:embed page/verify.css
	pageStyle string
)

// VerifierPage is one HTML page that verifies receipts offline: it loads
// nothing, and its policy allows its own script and style by their hashes only.
func VerifierPage() []byte { return bytes.Clone(verifierPage()) }

var verifierPage = sync.OnceValue(func() []byte {
	return []byte(strings.NewReplacer(
		"{{script-hash}}", sourceHash(pageScript), "{{style-hash}}", sourceHash(pageStyle),
		"{{script}}", pageScript, "{{style}}", pageStyle,
	).Replace(pageHTML))
})

// sourceHash names a script or style in a Content-Security-Policy.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
