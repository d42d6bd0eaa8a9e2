package register

// listKeys are the words of the three lists.
var listKeys = [3]string{"register.have", "register.building", "register.to-build"}

// dash stands for what there is not.
func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
