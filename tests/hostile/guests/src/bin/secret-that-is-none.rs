//! Asks for what else a host might know by name.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let names = ["url", "PATH", "HOME", "../signing", "signing\0", "SIGNING", "", "accounts.well.secrets.signing"];
        let got: Vec<_> = names.iter().filter(|name| secrets::get(name).is_ok()).collect();
        Ok(saw(format!("{got:?} {:?} {:?}", settings::get("signing"), settings::get("PATH"))))
    }
);
