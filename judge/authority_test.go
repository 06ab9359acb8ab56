package judge

import "testing"

func TestIsAuthority(t *testing.T) {
	tests := map[string]bool{
		"tips@inspector-general.example":   true,
		"tips@sec.gov":                     true,
		"desk@city-police.example":         true,
		"clerk@district-court.example":     true,
		"clerk@courts.state.test":          true,
		"office@attorney-general.example":  true,
		"office@state-attorney.example":    true,
		"desk@federal-regulator.example":   true,
		"public.prosecutor@office.example": false, // anybody may be called so before the @
		"leak@info-sec.example":            false,
		"h.winslade@harbor-court.example":  false,
		"sales@tennis-courts.example":      false,
		"partner@reed-attorney.example":    false,
		"sales@valve-regulator.example":    false,
		"general@attorney.example":         false,
		"police@stonepier.example":         false,
		"gov":                              false,
	}
	for address, want := range tests {
		if got := isAuthority(address); got != want {
			t.Errorf("%s is an authority's: %t, want %t", address, got, want)
		}
	}
}
