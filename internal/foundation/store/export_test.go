package store

// OpenHomes is the number of data-set files that are open.
func (s *Store) OpenHomes() int {
	s.homes.mu.Lock()
	defer s.homes.mu.Unlock()
	return len(s.homes.open)
}

// MostHomes is how many files of data sets are open at once.
const MostHomes = openHomes
