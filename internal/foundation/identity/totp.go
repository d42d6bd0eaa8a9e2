package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

const (
	totpStep   = 30 * time.Second
	totpSecret = 20 // bytes, as RFC 4226 asks of SHA-1
)

var totpOptions = totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// A TOTPSetup is what an authenticator app needs.
type TOTPSetup struct {
	Secret string // base32, to be typed where nothing can be scanned
	URL    string // otpauth://…
	QR     []byte // PNG of URL
}

// SetUpTOTP begins to set an authenticator app up; it counts once ConfirmTOTP
// has seen a code of it. token is that of a sign-in that asks for it, or of a
// session.
func (s *Service) SetUpTOTP(ctx context.Context, token string) (TOTPSetup, error) {
	h, err := s.holder(ctx, token)
	if err != nil {
		return TOTPSetup{}, err
	}
	raw := make([]byte, totpSecret)
	_, _ = rand.Read(raw) // never fails
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	if err := s.keepCeremony(ctx, h, ceremonyTOTP, []byte(secret), pendingFor); err != nil {
		return TOTPSetup{}, err
	}
	name := s.d.Site.Name
	if name == "" {
		name = "Phố Hiến"
	}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + name + ":" + h.account.Login}
	// Apps read spaces written as %20 only.
	u.RawQuery = strings.ReplaceAll(url.Values{"secret": {secret}, "issuer": {name}, "period": {"30"}, "digits": {"6"}, "algorithm": {"SHA1"}}.Encode(), "+", "%20")
	code, err := qrPNG(u.String(), 5)
	return TOTPSetup{Secret: secret, URL: u.String(), QR: code}, err
}

// ConfirmTOTP keeps the app once its code is right.
func (s *Service) ConfirmTOTP(ctx context.Context, token, code, name string) (Step, error) {
	return s.enrol(ctx, token, ceremonyTOTP, FactorTOTP, func(ctx context.Context, tx *store.Tx, h holder, secret []byte, now time.Time) error {
		step, ok, err := totpMatch(string(secret), code, now)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Denied, "identity.code.wrong")
		}
		name, err := factorName(name)
		if err != nil {
			return err
		}
		return s.insertFactor(ctx, tx, h.account.ID, FactorTOTP, name, secret, step, now)
	})
}

func (s *Service) insertFactor(ctx context.Context, tx *store.Tx, account string, kind Factor, name string, secret []byte, step int64, now time.Time) error {
	id := newID(now)
	_, err := tx.ExecContext(ctx, `INSERT INTO account_factors (id, account, kind, name, secret, last_step, made_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, account, string(kind), name, s.seal.seal("factor/"+id, secret), step, store.Stamp(now), store.Stamp(now))
	return err
}

func factorName(name string) (string, error) {
	return cleanText(name, 60, func() error { return fault.New(fault.Invalid, "identity.factor.name", 60) })
}

// totpMatch finds the step that a code is of: the present one, the one before
// or after.
func totpMatch(secret, code string, now time.Time) (step int64, ok bool, err error) {
	code = strings.Join(strings.Fields(clip(code, 20)), "")
	for _, skew := range []time.Duration{0, -totpStep, totpStep} {
		at := now.Add(skew)
		want, err := totp.GenerateCodeCustom(secret, at, totpOptions)
		if err != nil {
			return 0, false, fmt.Errorf("code of an authenticator app: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return at.Unix() / int64(totpStep.Seconds()), true, nil
		}
	}
	return 0, false, nil
}

// proveTOTP accepts a code once: of a step that was used, or of one before it,
// none is right any more.
func (s *Service) proveTOTP(ctx context.Context, tx *store.Tx, account, code string, now time.Time) error {
	factors, err := factorsOf(ctx, tx, account, FactorTOTP)
	if err != nil {
		return err
	}
	for _, f := range factors {
		secret, err := s.seal.open("factor/"+f.ID, f.secret)
		if err != nil {
			return err
		}
		step, ok, err := totpMatch(string(secret), code, now)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		res, err := tx.ExecContext(ctx, `UPDATE account_factors SET last_step = $1, used_at = $2 WHERE id = $3 AND last_step < $1`, step, store.Stamp(now), f.ID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return fault.New(fault.Denied, "identity.code.used")
		}
		return nil
	}
	return fault.New(fault.Denied, "identity.code.wrong")
}

// qrPNG draws a QR code with the quiet border that readers need, each module so
// many pixels wide.
func qrPNG(text string, module int) ([]byte, error) {
	const quiet = 4
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	side := code.Bounds().Dx()
	scaled, err := barcode.Scale(code, side*module, side*module)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	whole := (side + 2*quiet) * module
	img := image.NewPaletted(image.Rect(0, 0, whole, whole), color.Palette{color.White, color.Black})
	draw.Draw(img, image.Rect(quiet*module, quiet*module, whole-quiet*module, whole-quiet*module), scaled, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return b.Bytes(), nil
}
