package registry

// A Sector is a field of state management: a code of linh-vuc-quan-ly.
type Sector struct {
	Code string
	Name string
}

// A Field is one field of state management with the three lists that a review of
// databases and systems answers for: what is there, what is being built, what is
// to be built. Each keeps the order of the systems.
type Field struct {
	Sector
	Have     []Row // running or paused
	Building []Row // being built or on trial
	ToBuild  []Row // proposed or being appraised
	Unknown  []Row // whose state the register does not know
}

// Empty reports whether the field has no system in any of the three lists:
// neither there nor planned. One whose state is not known fills no hole.
func (f Field) Empty() bool { return len(f.Have)+len(f.Building)+len(f.ToBuild) == 0 }

// Fields sorts systems into the three lists of each sector, in the order of the
// sectors. Those that have stopped are in none; those of no sector, or of one
// that is not in the list, come back in a last Field without a code when there
// are any. Callers who ask about databases alone hand in those alone.
func Fields(systems []Row, sectors []Sector) []Field {
	fields, at := make([]Field, len(sectors), len(sectors)+1), make(map[string]int, len(sectors))
	for i, s := range sectors {
		fields[i], at[s.Code] = Field{Sector: s}, i
	}
	var other Field
	for _, r := range systems {
		f := &other
		if i, ok := at[r["linh_vuc"]]; ok {
			f = &fields[i]
		}
		f.add(r)
	}
	if !other.Empty() || len(other.Unknown) > 0 {
		fields = append(fields, other)
	}
	return fields
}

func (f *Field) add(r Row) {
	switch r.State() {
	case Running, Paused:
		f.Have = append(f.Have, r)
	case Building, Trial:
		f.Building = append(f.Building, r)
	case Proposed, Appraised:
		f.ToBuild = append(f.ToBuild, r)
	case Stopped:
	default:
		f.Unknown = append(f.Unknown, r)
	}
}

// Holes are the sectors that have nothing and plan nothing.
func Holes(systems []Row, sectors []Sector) []Sector {
	var holes []Sector
	for _, f := range Fields(systems, sectors)[:len(sectors)] {
		if f.Empty() {
			holes = append(holes, f.Sector)
		}
	}
	return holes
}
