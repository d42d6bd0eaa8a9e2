package identity

// Forget empties the memory of sessions, for measuring.
func (s *Service) Forget() { s.live.clear() }

// The inner parts that are tried by themselves.
var (
	FoldLogin    = foldLogin
	Looks        = looks
	SuggestLogin = suggestLogin
	NewCode      = newCode
	ReadCode     = readCode
	CleanPhone   = cleanPhone
)

// CheckPassword is what a password without a second factor must be.
func CheckPassword(password string, a Account) error {
	clean, err := cleanPassword(password)
	if err != nil {
		return err
	}
	return DefaultRules().need(false).check(clean, a)
}

// HashOnce makes one hash at the cost that a real installation pays.
func HashOnce() { DefaultCost.sum("Thuyền Rời Bến-07h", make([]byte, saltBytes)) }
