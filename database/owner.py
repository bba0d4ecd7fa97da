"""Whose something is: a person's, a guest's, or the house's own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    """Who asks. A guest is known by the hash of a key that only their browser holds."""

    person_id: int | None = None
    guest_hash: str | None = None
    is_admin: bool = False

    @property
    def kind(self) -> str:
        """Return 'person', 'guest' or 'house'."""
        if self.person_id is not None:
            return "person"
        return "house" if self.guest_hash is None else "guest"

    def owns(self, person_id: int | None, guest_hash: str | None) -> bool:
        """Say whether what is marked with these two is theirs to see and to change."""
        if self.is_admin:
            return True
        if person_id is not None:
            return person_id == self.person_id
        return guest_hash is not None and guest_hash == self.guest_hash


HOUSE = Owner(is_admin=True)  # commands and schedules
