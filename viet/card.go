package viet

import "strings"

// A Card is what the QR code on an identity card (thẻ căn cước, thẻ căn cước
// công dân) says. All of it is personal data.
type Card struct {
	ID        CCCD
	OldCMND   string // 9 digits, "" if there was none
	Name      string
	Born      Date
	Sex       string // as on the card: Nam, Nữ
	Residence string
	Issued    Date
	More      []string // what newer cards add, uninterpreted
}

// longestCard is more than the QR code of a card holds, in bytes.
const longestCard = 4096

// ParseCard reads the text of the QR code on an identity card: the number, the
// old identity card number, name, day of birth, sex, place of residence and day
// of issue, with "|" between them and days as ddMMyyyy. Newer cards may add
// fields. The form is as cards in use have it; no act publishes it. With a
// warning as error, of the number or of a birth year or sex that differs from
// the number's, the parts are filled all the same.
func ParseCard(s string) (Card, error) {
	if len(s) > longestCard {
		return Card{}, fail(CodeCard, "")
	}
	f := strings.Split(s, "|")
	if len(f) < 7 || f[2] == "" || f[1] != "" && !allDigits(f[1], 9) {
		return Card{}, fail(CodeCard, "")
	}
	id, doubt := ParseCCCD(f[0])
	if doubt != nil && !IsWarning(doubt) {
		return Card{}, doubt
	}
	born, err := cardDate(f[3])
	if err != nil {
		return Card{}, err
	}
	issued, err := cardDate(f[6])
	if err != nil {
		return Card{}, err
	}
	name, _ := NFC(f[2])
	residence, _ := NFC(f[5])
	sex, _ := NFC(f[4])
	c := Card{ID: id, OldCMND: f[1], Name: name, Born: born, Sex: sex, Residence: residence, Issued: issued}
	if len(f) > 7 {
		c.More = f[7:]
	}
	if doubt == nil {
		doubt = c.doubt()
	}
	return c, doubt
}

// doubt compares the number with the rest of the card.
func (c Card) doubt() error {
	year, _, _ := c.Born.YMD()
	if err := c.ID.CheckBirthYear(year); err != nil {
		return err
	}
	switch Fold(c.Sex) {
	case "nam":
		return c.ID.CheckSex(true)
	case "nu":
		return c.ID.CheckSex(false)
	}
	return nil
}

// cardDate reads ddMMyyyy.
func cardDate(s string) (Date, error) {
	if !allDigits(s, 8) {
		return 0, fail(CodeCard, "")
	}
	return NewDate(number(s[4:]), number(s[2:4]), number(s[:2]))
}
