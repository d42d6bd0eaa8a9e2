//go:build !linux

package audit

func systemClock() string { return ClockUnknown }
