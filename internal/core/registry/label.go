package registry

import "time"

// LabelFormat names the shape of a label. Article 28 of Decree 224/2026/NĐ-CP
// asks for an id, a type, compliance and the state of audits; no official schema
// has been published, so the shape is ours and says so.
const LabelFormat = "phohien/platform-label/1"

// A Label is the document at /.well-known/platform-label.json.
type Label struct {
	Format     string `json:"format"`
	ID         string `json:"id"`         // as it was granted
	Name       string `json:"name"`       // of the platform
	Type       string `json:"type"`       // as it was granted
	Compliance string `json:"compliance"` // in the words of the register
	Audit      string `json:"audit"`      // in the words of the register
	Version    string `json:"version"`    // of the program that answers
	Contact    string `json:"contact"`    // of the agency: an address or a telephone number of the office
	Issued     string `json:"issued"`     // time of the answer, RFC 3339
}

// PlatformLabel makes the label of a system out of its row; false when the
// register has no label for it, since nobody gives a label to themselves.
func PlatformLabel(system Row, version, contact string, now time.Time) (Label, bool) {
	if system["nhan_ma"] == "" {
		return Label{}, false
	}
	return Label{
		Format: LabelFormat, ID: system["nhan_ma"], Name: system["ten"], Type: system["nhan_loai"], Compliance: system["nhan_tuan_thu"],
		Audit: system["nhan_kiem_toan"], Version: version, Contact: contact, Issued: now.Format(time.RFC3339),
	}, true
}
