package admin

func (s *pages) peopleRoutes() {}
