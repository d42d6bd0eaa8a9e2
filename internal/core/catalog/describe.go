package catalog

import (
	"fmt"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
)

// Known is what the platform knows of a data set beside its contract.
type Known struct {
	OwnerCode string   // electronic code of the agency that answers for it, "" for none
	Measured  bool     // it has a score
	Methods   []string // by which the platform hands it out
}

// Of describes a data set by its contract and what the platform knows. What the
// contract says elsewhere is not asked for again; nothing is made up.
func Of(con *contract.Contract, known Known) Described {
	said := con.Catalogue.Text
	d := Described{
		ID: con.ID, Title: con.Name, TitleEn: said("title_en"), OwnerCode: known.OwnerCode, Steward: said(contract.KeySteward), Head: said(contract.KeyHead), TechnicalUnit: said("technical_unit"),
		Purpose: con.Purpose, LegalBasis: said("legal_basis"), Scope: said("scope"), Content: either(said("content"), content(con)),
		Layer: said("layer"), Domain: either(said("domain"), con.Domain), ShareScope: said("share_scope"), ShareMode: either(said(contract.KeyShareMode), shareMode[con.Access]),
		Sensitivity: either(said(contract.KeySensitive), con.Sensitivity()), PersonalData: either(said(contract.KeyPersonal), con.PersonalData()),
		CollectionMethod: said("collection_method"), UpdateMechanism: said("update_mechanism"), UpdatePeriod: either(isoPeriod(con.Frequency.Every), said(contract.KeyPeriod)),
		SourceSystem: either(said("source_system"), con.Provenance.Source), Measured: known.Measured, Lineage: con.Catalogue.Lineage, Original: con.Catalogue.Original,
		Retention: either(said("retention"), con.RetainedBy), ArchiveRule: said("archive_rule"), AccessMethods: con.Catalogue.AccessMethods,
		ClassificationDecision: said(contract.KeyDecision),
	}
	if len(d.AccessMethods) == 0 {
		d.AccessMethods = known.Methods
	}
	for _, o := range con.Objects {
		for i := range o.Columns {
			d.Items = append(d.Items, item(con, &o.Columns[i], d.ShareMode))
		}
	}
	return d
}

// shareMode is what follows from how widely a data set may be used. Of one that is
// restricted it does not follow whether it is shared by agreement or not at all.
var shareMode = map[string]string{"open": "mo", "shared": "mac_dinh"}

// pending is the reason of a column whose term has been proposed and is awaited.
const pending = "cho-thuat-ngu"

func item(con *contract.Contract, c *contract.Column, mode string) Item {
	i := Item{Name: c.Title, Term: c.Term, Mode: either(con.Catalogue.ItemModes[c.Name], mode)}
	if i.Term == "" && c.NotMapped != pending {
		i.Term = c.NotMapped // that there is none has been decided, with a reason
	}
	return i
}

// content is what the tables say that they hold, when each does.
func content(con *contract.Contract) string {
	var all []string
	for _, o := range con.Objects {
		if o.About == "" {
			return ""
		}
		all = append(all, o.About)
	}
	return strings.Join(all, "\n")
}

// isoPeriod writes the promise of new data as ISO 8601 has it, "" for none. The
// promise counts a month as 30 days, a quarter as 91 and a year as 365.
func isoPeriod(every time.Duration) string {
	const day = 24 * time.Hour
	for _, p := range []struct {
		unit time.Duration
		n    int64
		form string
	}{{365 * day, 1, "P%dY"}, {91 * day, 3, "P%dM"}, {30 * day, 1, "P%dM"}, {7 * day, 1, "P%dW"}, {day, 1, "P%dD"}, {time.Hour, 1, "PT%dH"}, {time.Minute, 1, "PT%dM"}, {time.Second, 1, "PT%dS"}} {
		if every > 0 && every%p.unit == 0 {
			return fmt.Sprintf(p.form, int64(every/p.unit)*p.n)
		}
	}
	return ""
}

func either(a, b string) string {
	if said(a) {
		return a
	}
	return b
}
