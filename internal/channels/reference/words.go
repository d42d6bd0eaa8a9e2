package reference

// translated are descriptions of the document, which are English, in Vietnamese.
// What is missing here is shown in English, marked as such.
var translated = map[string]string{}
