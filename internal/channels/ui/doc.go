// Package ui is what our pages share: the frame around them, the components
// (bands of quality, the hexagon of the six criteria, the walk of a batch) and
// the ways of writing numbers, days and values for officials.
//
// Texts stand in the catalogues of package locale under "page.", "batch." and
// "quarantine.". A component gets values that are ready to show and decides
// nothing.
package ui
