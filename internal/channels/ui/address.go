package ui

import "net/url"

// Address is a local path with what is chosen, in pairs of name and value; an empty
// value is left out.
func Address(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return asked(path, q)
}

// AddressBut is the address of a list that is narrowed by its query, with one thing
// changed ("" for not asked), from its first page on.
func AddressBut(path string, in url.Values, name, value string) string {
	q := url.Values{}
	for k, v := range in {
		if k != "lang" && k != "page" && len(v) > 0 && v[0] != "" {
			q.Set(k, v[0])
		}
	}
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	return asked(path, q)
}

func asked(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
