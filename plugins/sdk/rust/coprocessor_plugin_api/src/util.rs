//! How a plugin and the one that loads it find each other.

use crate::allocator::HostAllocatorPtr;
use crate::CoprocessorPlugin;

/// The name of the exported constructor.
pub static PLUGIN_CONSTRUCTOR_SYMBOL: &[u8] = b"_plugin_create";
/// The name of the exported function that tells the build.
pub static PLUGIN_GET_BUILD_INFO_SYMBOL: &[u8] = b"_plugin_get_build_info";
/// The name of the exported function that tells the plugin's name and version.
pub static PLUGIN_GET_PLUGIN_INFO_SYMBOL: &[u8] = b"_plugin_get_plugin_info";

/// The type of `_plugin_create`.
pub type PluginConstructorSignature =
    unsafe fn(host_allocator: HostAllocatorPtr) -> *mut dyn CoprocessorPlugin;
/// The type of `_plugin_get_build_info`.
#[allow(improper_ctypes_definitions)]
pub type PluginGetBuildInfoSignature = extern "C" fn() -> BuildInfo;
/// The type of `_plugin_get_plugin_info`.
#[allow(improper_ctypes_definitions)]
pub type PluginGetPluginInfoSignature = extern "C" fn() -> PluginInfo;

/// What a plugin was built with. A node loads it only if all three are its own.
#[repr(C)]
#[derive(Debug, Clone, PartialEq)]
pub struct BuildInfo {
    /// The version of this crate.
    pub api_version: &'static str,
    /// The platform.
    pub target: &'static str,
    /// The compiler's line about its version.
    pub rustc: &'static str,
}

impl BuildInfo {
    /// That of this build.
    pub const fn get() -> Self {
        BuildInfo {
            api_version: env!("API_VERSION"),
            target: env!("TARGET"),
            rustc: env!("RUSTC_VERSION"),
        }
    }
}

/// Who a plugin is.
#[repr(C)]
#[derive(Debug, Clone, PartialEq)]
pub struct PluginInfo {
    /// The name that requests call.
    pub name: &'static str,
    /// Its version, to be understood as semver.
    pub version: &'static str,
}

/// Declares the library's plugin; a library has one at most.
///
/// - `declare_plugin!(constructor)`: name and version are the package's,
/// - `declare_plugin!(name, constructor)`: the version is the package's,
/// - `declare_plugin!(name, version, constructor)`.
///
/// The constructor is an expression. Names and versions are constant texts. The library's global
/// allocator becomes the node's.
#[macro_export]
macro_rules! declare_plugin {
    ($constructor:expr) => {
        $crate::declare_plugin!(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), $constructor);
    };
    ($name:expr, $constructor:expr) => {
        $crate::declare_plugin!($name, env!("CARGO_PKG_VERSION"), $constructor);
    };
    ($name:expr, $version:expr, $constructor:expr) => {
        #[cfg(not(test))]
        #[global_allocator]
        static HOST_ALLOCATOR: $crate::allocator::HostAllocator =
            $crate::allocator::HostAllocator::new();

        $crate::__export_plugin!($name, $version, $constructor);
    };
}

/// The functions that a real TiKV looks up, and the facts for readers that do not run them.
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_plugin {
    ($name:expr, $version:expr, $constructor:expr) => {
        #[doc(hidden)]
        #[no_mangle]
        pub static COPRSIM_PLUGIN_FACTS: [u8; $crate::facts::size(&$crate::__facts!(
            $name, $version
        ))] = $crate::facts::record(&$crate::__facts!($name, $version));

        #[no_mangle]
        #[allow(improper_ctypes_definitions)]
        pub unsafe extern "C" fn _plugin_get_build_info() -> $crate::util::BuildInfo {
            $crate::util::BuildInfo::get()
        }

        #[no_mangle]
        #[allow(improper_ctypes_definitions)]
        pub unsafe extern "C" fn _plugin_get_plugin_info() -> $crate::util::PluginInfo {
            $crate::util::PluginInfo { name: $name, version: $version }
        }

        #[no_mangle]
        #[allow(improper_ctypes_definitions)]
        pub unsafe extern "C" fn _plugin_create(
            host_allocator: $crate::allocator::HostAllocatorPtr,
        ) -> *mut dyn $crate::CoprocessorPlugin {
            #[cfg(not(test))]
            HOST_ALLOCATOR.set_allocator(host_allocator);
            #[cfg(test)]
            let _ = host_allocator;
            let plugin: Box<dyn $crate::CoprocessorPlugin> = Box::new($constructor);
            Box::into_raw(plugin)
        }
    };
}

/// The texts of [`crate::facts`], in their order.
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __facts {
    ($name:expr, $version:expr) => {{
        const BUILD: $crate::util::BuildInfo = $crate::util::BuildInfo::get();
        [BUILD.api_version, BUILD.target, BUILD.rustc, $name, $version]
    }};
}

/// The functions of wasm ABI v1.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_plugin {
    ($name:expr, $version:expr, $constructor:expr) => {
        #[no_mangle]
        pub extern "C" fn copr_describe() {
            $crate::wasm::describe(&$crate::util::PluginInfo { name: $name, version: $version });
        }

        #[no_mangle]
        pub extern "C" fn copr_create() {
            $crate::wasm::create(|| Box::new($constructor));
        }

        #[no_mangle]
        pub extern "C" fn copr_handle(length: u32) {
            $crate::wasm::handle(length as usize);
        }

        #[no_mangle]
        pub extern "C" fn copr_destroy() {
            $crate::wasm::destroy();
        }
    };
}

/// The file name of the library that a package builds into: `lib*.so`, `lib*.dylib` or `*.dll`.
pub fn pkgname_to_libname(pkgname: &str) -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{}{}{}", DLL_PREFIX, pkgname.replace('-', "_"), DLL_SUFFIX)
}
