package identity_test

import "github.com/phohien/phohien/internal/foundation/store"

// hashOf reads an account's stored password.
func (k *kit) hashOf(login string) (hash string) {
	k.t.Helper()
	err := k.deps.DB.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT password_hash FROM accounts WHERE login_folded = $1`, login).Scan(&hash)
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return hash
}

func (k *kit) exec(query string) {
	k.t.Helper()
	err := k.deps.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, query)
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) count(query string) (n int) {
	k.t.Helper()
	err := k.deps.DB.Read(ctx, func(tx *store.Tx) error { return tx.QueryRowContext(ctx, query).Scan(&n) })
	if err != nil {
		k.t.Fatal(err)
	}
	return n
}
