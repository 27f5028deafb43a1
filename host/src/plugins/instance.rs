//! One instance of a component in a store of its own, and the way in which every call to it is made.
//!
//! A call gets a fresh deadline and a bound for its answer. When it ends in anything but an answer, or the answer is not
//! accepted, the instance is dead: what it holds can no longer be trusted.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::Instance as ComponentInstance;
use wasmtime::{Store, Trap};
use wasmtime_wasi::I32Exit;

use super::bindings::types;
use super::cost::Cost;
use super::fault::{Label, PluginError, TrapKind};
use super::limits::CallLimits;
use super::plugin::Code;
use super::state::State;
use super::{engine, text};

/// Resources that a component may hold at once. The host opens one an instance.
const HANDLES_MAX: usize = 64;

/// Bytes kept of a plugin's error message, or of wasmtime's.
const MESSAGE_BYTES_MAX: usize = 1 << 10;

/// An instance that was started.
pub(super) struct Instance {
    store: Store<State>,
    label: Label,
    pub(super) limits: CallLimits,
    pub(super) state_bytes_max: usize,
    dead: bool,
    cost: Option<Arc<Cost>>,
}

impl Instance {
    pub(super) fn start(code: &Code, limits: CallLimits) -> Result<(Self, ComponentInstance), PluginError> {
        let label = code.label.clone();
        let mut store = Store::new(code.pre.engine(), State::new(label.clone(), limits.memory_bytes_max));
        store.limiter(|state| &mut state.meter);
        store.set_max_component_handles(HANDLES_MAX);
        store.set_hostcall_fuel(limits.answer_bytes_max);
        store.set_epoch_deadline(engine::ticks(limits.deadline_ms));
        let mut instance =
            Self { store, label, limits, state_bytes_max: code.limits.state_bytes_max, dead: false, cost: None };
        match code.pre.instantiate(&mut instance.store) {
            Ok(component) => Ok((instance, component)),
            // The host's lack of room is not the plugin's fault.
            Err(error) if error.downcast_ref::<Trap>().is_none() && !instance.store.data().meter.denied => {
                Err(PluginError::Start { plugin: instance.label, why: message(&error) })
            }
            Err(error) => Err(instance.classify("start", &error)),
        }
    }

    /// From now on, calls are counted in `cost`.
    pub(super) fn bill(&mut self, cost: Arc<Cost>) {
        cost.holds(self.store.data().meter.memory_bytes);
        self.cost = Some(cost);
    }

    /// Bytes that its memories take, also after a fault.
    pub(super) fn memory_bytes(&self) -> usize {
        self.store.data().meter.memory_bytes()
    }

    /// Looks up functions; the error is a contract that does not fit.
    pub(super) fn bind<T>(
        &mut self,
        load: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, PluginError> {
        load(&mut self.store).map_err(|error| PluginError::Answer {
            plugin: self.label.clone(),
            call: "start",
            what: format!("does not fit the contract: {}", message(&error)),
        })
    }

    /// Makes one call that cannot be refused. `answer_bytes_max` bounds what the component may hand over.
    pub(super) fn call<T>(
        &mut self,
        call: &'static str,
        answer_bytes_max: usize,
        run: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, PluginError> {
        if self.dead {
            return Err(PluginError::Dead { plugin: self.label.clone() });
        }
        self.store.set_epoch_deadline(engine::ticks(self.limits.deadline_ms));
        self.store.set_hostcall_fuel(answer_bytes_max);
        let state = self.store.data_mut();
        state.meter.denied = false;
        state.log.begin(call);
        let started = self.cost.is_some().then(Instant::now);
        let ran = run(&mut self.store);
        if let (Some(cost), Some(started)) = (&self.cost, started) {
            cost.called(started.elapsed());
            cost.holds(self.store.data().meter.memory_bytes);
        }
        match ran {
            Ok(answer) => {
                self.store.data_mut().log.end();
                Ok(answer)
            }
            Err(error) => Err(self.classify(call, &error)),
        }
    }

    /// Makes one call that the plugin may refuse. A refusal leaves the instance alive.
    pub(super) fn ask<T>(
        &mut self,
        call: &'static str,
        answer_bytes_max: usize,
        run: impl FnOnce(&mut Store<State>) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Result<T, PluginError> {
        self.call(call, answer_bytes_max, run)?.map_err(|error| PluginError::Refused {
            plugin: self.label.clone(),
            call,
            code: error.code,
            message: text::safe(&error.message, MESSAGE_BYTES_MAX),
        })
    }

    /// Takes an answer that was checked. `what` of a bad one completes "<plugin> …".
    pub(super) fn accept<T>(&mut self, call: &'static str, checked: Result<T, String>) -> Result<T, PluginError> {
        checked.map_err(|what| {
            self.die();
            PluginError::Answer { plugin: self.label.clone(), call, what }
        })
    }

    /// Whether `bytes` may be handed over in one call.
    pub(super) fn admit(&self, bytes: usize) -> Result<(), PluginError> {
        let most = self.limits.input_bytes_max();
        if bytes <= most {
            return Ok(());
        }
        Err(self.question(format!("{bytes} bytes are too many for one call, which takes {most}; ask for less at once")))
    }

    /// The error for a question that cannot be asked.
    pub(super) fn question(&self, what: String) -> PluginError {
        PluginError::Question { plugin: self.label.clone(), what }
    }

    fn die(&mut self) {
        self.dead = true;
        if let Some(cost) = &self.cost {
            cost.faulted();
        }
    }

    /// Why a call ended without an answer. The instance is dead.
    fn classify(&mut self, call: &'static str, error: &wasmtime::Error) -> PluginError {
        self.die();
        let plugin = self.label.clone();
        let state = self.store.data_mut();
        let said = state.log.end();
        let denied = state.meter.denied;
        if error.downcast_ref::<I32Exit>().is_some() {
            return PluginError::Trap { plugin, call, kind: TrapKind::Exit, said };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => PluginError::Deadline { plugin, call, deadline_ms: self.limits.deadline_ms },
            // What a component does when it is denied memory is up to it; that it was denied is the reason.
            _ if denied => PluginError::Memory { plugin, call, memory_bytes_max: self.limits.memory_bytes_max },
            Some(trap) => PluginError::Trap { plugin, call, kind: kind(*trap), said },
            None => PluginError::Answer {
                plugin,
                call,
                what: format!("answered {call} in a way that cannot be read: {}", message(error)),
            },
        }
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("plugin", &self.label).field("dead", &self.dead).finish_non_exhaustive()
    }
}

fn kind(trap: Trap) -> TrapKind {
    match trap {
        Trap::UnreachableCodeReached => TrapKind::Unreachable,
        Trap::StackOverflow => TrapKind::Stack,
        Trap::MemoryOutOfBounds | Trap::TableOutOfBounds => TrapKind::Bounds,
        Trap::IntegerOverflow | Trap::IntegerDivisionByZero | Trap::BadConversionToInteger => TrapKind::Arithmetic,
        _ => TrapKind::Other,
    }
}

/// The innermost cause: what stands around it are addresses in the component.
fn message(error: &wasmtime::Error) -> String {
    text::safe(&error.root_cause().to_string(), MESSAGE_BYTES_MAX)
}

/// Settings as a component takes them.
pub(super) fn pairs(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}
