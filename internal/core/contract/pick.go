package contract

import "strings"

// leastDigest is how much of a digest names a version.
const leastDigest = 8

// Pick finds a version as people name it: by the number its document bears, the
// newest of several with that number, or by its digest or the first signs of it.
// list is in the order of [Store.Versions].
func Pick(list []Version, name string) (Version, bool) {
	for _, v := range list {
		if v.Version == name {
			return v, true
		}
	}
	if len(name) < leastDigest {
		return Version{}, false
	}
	for _, v := range list {
		if strings.HasPrefix(v.Digest, name) {
			return v, true
		}
	}
	return Version{}, false
}
