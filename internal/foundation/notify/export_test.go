package notify

// Sign is sign, for the specification's example.
var Sign = sign
