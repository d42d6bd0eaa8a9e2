package admin

func (s *pages) rulesRoutes() {}
