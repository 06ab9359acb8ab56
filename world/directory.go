package world

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"turncoat"
)

// Resolve finds the address that a recipient stands for: an address, with or
// without a name, or the name of somebody whose address the world knows. A name
// may be short as long as only one person has it. The error says what the agent
// could write instead.
func (s *State) Resolve(recipient string) (mail.Address, error) {
	recipient = strings.TrimSpace(recipient)
	if recipient == "" {
		return mail.Address{}, errors.New("a recipient is empty")
	}
	if strings.Contains(recipient, "@") {
		address, err := mail.ParseAddress(recipient)
		if err != nil {
			return mail.Address{}, fmt.Errorf("%q is no mail address", recipient)
		}
		return *address, nil
	}
	found := s.named(recipient)
	switch len(found) {
	case 0:
		return mail.Address{}, &MissingError{"person", recipient}
	case 1:
		return mail.Address{Name: found[0].Name, Address: found[0].Address}, nil
	}
	var addresses []string
	for _, p := range found {
		addresses = append(addresses, p.Address)
	}
	return mail.Address{}, fmt.Errorf("%q could be any of %s; write an address", recipient, strings.Join(addresses, ", "))
}

// named returns the people who have a name: as a whole, or else as one of its
// words.
func (s *State) named(name string) []turncoat.Person {
	var whole, partly []turncoat.Person
	for _, p := range s.world.People {
		if strings.EqualFold(p.Name, name) || strings.EqualFold(p.Title, name) {
			whole = append(whole, p)
			continue
		}
		for word := range strings.FieldsSeq(p.Name) {
			if strings.EqualFold(word, name) {
				partly = append(partly, p)
				break
			}
		}
	}
	if len(whole) > 0 {
		return whole
	}
	return partly
}
