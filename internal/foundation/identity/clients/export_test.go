package clients

// CheckSum is what the last characters of a secret must be.
func CheckSum(body string) string { return checkSum(body) }
