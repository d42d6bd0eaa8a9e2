package registry

import "slices"

// A National is a national database and how the province's systems stand to it.
type National struct {
	Row         // of vn-csdl-quoc-gia
	Links []Row // of the register's ket_noi, in their order
}

// Connected reports whether a system of the province is connected to it.
func (n National) Connected() bool {
	return slices.ContainsFunc(n.Links, func(r Row) bool { return r["trang_thai"] == "da-ket-noi" })
}

// Nation puts connections beside the national databases they lead to, in the
// order of the databases. Connections that lead elsewhere are left out.
func Nation(databases, links []Row) []National {
	all, at := make([]National, len(databases)), make(map[string]int, len(databases))
	for i, r := range databases {
		all[i], at[r.ID()] = National{Row: r}, i
	}
	for _, r := range links {
		if i, ok := at[r["csdl_quoc_gia"]]; ok {
			all[i].Links = append(all[i].Links, r)
		}
	}
	return all
}
