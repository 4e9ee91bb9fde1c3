"""Edge: generations as an application wants them: checked, priced, guarded, waited for, downloaded."""
